# Draws utilisation.png and utilisation.svg from utilisation.csv: gnuplot utilisation.gp
reset session
set terminal pngcairo size 1600,1250 font 'DejaVu Sans,20' background '#ffffff' noenhanced
set output 'utilisation.png'
set encoding utf8
set decimalsign '.'
set datafile separator comma
down(pixels) = 1 - pixels / 1250.0
set tmargin at screen down(80)
set label 'Utilisation and queues: tiny, seed 0x000000000000002a' at screen 0.5, screen down(40) center font ',24'
set border 3 linewidth 1.5 linecolor '#444444'
set tics nomirror out textcolor '#000000'
set grid ytics linecolor '#cccccc' linewidth 1 dashtype solid
set bmargin 6.2
set rmargin 5
set key at screen 0.5, character 0.7 center bottom horizontal Left reverse samplen 2 width 1 font ',18'
unset object
set xlabel 'simulated time (s)'
set xrange [0:2.500]
set lmargin at screen 170.0/1600
set rmargin at screen 1550.0/1600
set tmargin at screen down(138)
set object rectangle from 0.000, graph 0 to 0.500, graph 1 behind fillcolor '#999999' fillstyle transparent solid 0.15 noborder
set object rectangle from first 0.000, screen down(100) to first 0.500, screen down(80) front noclip linewidth 2 fillcolor '#999999' fillstyle solid 0.6 border linecolor 'white'
set label 'warm-up' at graph 0, screen down(90) center offset screen 138.0/1600, 0 font ',15' front
set object rectangle from 2.000, graph 0 to 2.500, graph 1 behind fillcolor '#999999' fillstyle transparent solid 0.15 noborder
set object rectangle from first 2.000, screen down(100) to first 2.500, screen down(80) front noclip linewidth 2 fillcolor '#999999' fillstyle solid 0.6 border linecolor 'white'
set label 'settling' at graph 0, screen down(90) center offset screen 1242.0/1600, 0 font ',15' front
set object rectangle from 1.500, graph 0 to 2.250, graph 1 behind fillcolor '#CC79A7' fillstyle transparent solid 0.25 noborder
set object rectangle from first 1.500, screen down(126) to first 2.250, screen down(106) front noclip linewidth 2 fillcolor '#CC79A7' fillstyle solid 0.6 border linecolor 'white'
set label 'A | B, C' at graph 0, screen down(116) center offset screen 1035.0/1600, 0 font ',15' front
set label 'cut' at graph 0, screen down(116) right offset screen -12.0/1600, 0 font ',15'
unset label
set multiplot
set tmargin at screen down(454)
set bmargin at screen down(734)
set ylabel 'most waiting'
set yrange [0:*]
set ytics 1
unset xlabel
set format x ''
plot \
    'utilisation.csv' using 1:16 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#0072B2' notitle, \
    8 with lines linewidth 2 dashtype 2 linecolor '#0072B2' notitle, \
    'utilisation.csv' using 1:17 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#56B4E9' notitle, \
    'utilisation.csv' using 1:22 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#009E73' notitle, \
    NaN notitle
set tmargin at screen down(770)
set bmargin at screen down(1050)
set ylabel 'most waiting work (ms)'
set yrange [0:*]
set ytics autofreq
set xlabel 'simulated time (s)'
set format x '%g'
plot \
    'utilisation.csv' using 1:18 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#E69F00' notitle, \
    'utilisation.csv' using 1:20 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#009E73' notitle, \
    'utilisation.csv' using 1:21 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#CC79A7' notitle, \
    NaN notitle
unset object
set label 'Utilisation and queues: tiny, seed 0x000000000000002a' at screen 0.5, screen down(40) center font ',24'
set xlabel 'simulated time (s)'
set xrange [0:2.500]
set lmargin at screen 170.0/1600
set rmargin at screen 1550.0/1600
set tmargin at screen down(138)
set object rectangle from 0.000, graph 0 to 0.500, graph 1 behind fillcolor '#999999' fillstyle transparent solid 0.15 noborder
set object rectangle from first 0.000, screen down(100) to first 0.500, screen down(80) front noclip linewidth 2 fillcolor '#999999' fillstyle solid 0.6 border linecolor 'white'
set label 'warm-up' at graph 0, screen down(90) center offset screen 138.0/1600, 0 font ',15' front
set object rectangle from 2.000, graph 0 to 2.500, graph 1 behind fillcolor '#999999' fillstyle transparent solid 0.15 noborder
set object rectangle from first 2.000, screen down(100) to first 2.500, screen down(80) front noclip linewidth 2 fillcolor '#999999' fillstyle solid 0.6 border linecolor 'white'
set label 'settling' at graph 0, screen down(90) center offset screen 1242.0/1600, 0 font ',15' front
set object rectangle from 1.500, graph 0 to 2.250, graph 1 behind fillcolor '#CC79A7' fillstyle transparent solid 0.25 noborder
set object rectangle from first 1.500, screen down(126) to first 2.250, screen down(106) front noclip linewidth 2 fillcolor '#CC79A7' fillstyle solid 0.6 border linecolor 'white'
set label 'A | B, C' at graph 0, screen down(116) center offset screen 1035.0/1600, 0 font ',15' front
set label 'cut' at graph 0, screen down(116) right offset screen -12.0/1600, 0 font ',15'
set tmargin at screen down(138)
set bmargin at screen down(418)
set ylabel 'busy (%)'
set yrange [0:105] noextend
set ytics autofreq
unset xlabel
set format x ''
plot \
    'utilisation.csv' using 1:2 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#0072B2' title 'CPU, its inbox (limit 8 messages)', \
    'utilisation.csv' using 1:3 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#56B4E9' title 'cores', \
    'utilisation.csv' using 1:4 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#E69F00' title 'network, out', \
    'utilisation.csv' using 1:6 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#009E73' title 'disk (limit 1000)', \
    'utilisation.csv' using 1:7 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#CC79A7' title 'link', \
    NaN notitle
unset multiplot
unset output
set terminal svg size 1600,1250 font 'DejaVu Sans,20' background '#ffffff' noenhanced
set output 'utilisation.svg'
unset object
set xlabel 'simulated time (s)'
set xrange [0:2.500]
set lmargin at screen 170.0/1600
set rmargin at screen 1550.0/1600
set tmargin at screen down(138)
set object rectangle from 0.000, graph 0 to 0.500, graph 1 behind fillcolor '#999999' fillstyle transparent solid 0.15 noborder
set object rectangle from first 0.000, screen down(100) to first 0.500, screen down(80) front noclip linewidth 2 fillcolor '#999999' fillstyle solid 0.6 border linecolor 'white'
set label 'warm-up' at graph 0, screen down(90) center offset screen 138.0/1600, 0 font ',15' front
set object rectangle from 2.000, graph 0 to 2.500, graph 1 behind fillcolor '#999999' fillstyle transparent solid 0.15 noborder
set object rectangle from first 2.000, screen down(100) to first 2.500, screen down(80) front noclip linewidth 2 fillcolor '#999999' fillstyle solid 0.6 border linecolor 'white'
set label 'settling' at graph 0, screen down(90) center offset screen 1242.0/1600, 0 font ',15' front
set object rectangle from 1.500, graph 0 to 2.250, graph 1 behind fillcolor '#CC79A7' fillstyle transparent solid 0.25 noborder
set object rectangle from first 1.500, screen down(126) to first 2.250, screen down(106) front noclip linewidth 2 fillcolor '#CC79A7' fillstyle solid 0.6 border linecolor 'white'
set label 'A | B, C' at graph 0, screen down(116) center offset screen 1035.0/1600, 0 font ',15' front
set label 'cut' at graph 0, screen down(116) right offset screen -12.0/1600, 0 font ',15'
unset label
set multiplot
set tmargin at screen down(454)
set bmargin at screen down(734)
set ylabel 'most waiting'
set yrange [0:*]
set ytics 1
unset xlabel
set format x ''
plot \
    'utilisation.csv' using 1:16 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#0072B2' notitle, \
    8 with lines linewidth 2 dashtype 2 linecolor '#0072B2' notitle, \
    'utilisation.csv' using 1:17 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#56B4E9' notitle, \
    'utilisation.csv' using 1:22 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#009E73' notitle, \
    NaN notitle
set tmargin at screen down(770)
set bmargin at screen down(1050)
set ylabel 'most waiting work (ms)'
set yrange [0:*]
set ytics autofreq
set xlabel 'simulated time (s)'
set format x '%g'
plot \
    'utilisation.csv' using 1:18 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#E69F00' notitle, \
    'utilisation.csv' using 1:20 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#009E73' notitle, \
    'utilisation.csv' using 1:21 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#CC79A7' notitle, \
    NaN notitle
unset object
set label 'Utilisation and queues: tiny, seed 0x000000000000002a' at screen 0.5, screen down(40) center font ',24'
set xlabel 'simulated time (s)'
set xrange [0:2.500]
set lmargin at screen 170.0/1600
set rmargin at screen 1550.0/1600
set tmargin at screen down(138)
set object rectangle from 0.000, graph 0 to 0.500, graph 1 behind fillcolor '#999999' fillstyle transparent solid 0.15 noborder
set object rectangle from first 0.000, screen down(100) to first 0.500, screen down(80) front noclip linewidth 2 fillcolor '#999999' fillstyle solid 0.6 border linecolor 'white'
set label 'warm-up' at graph 0, screen down(90) center offset screen 138.0/1600, 0 font ',15' front
set object rectangle from 2.000, graph 0 to 2.500, graph 1 behind fillcolor '#999999' fillstyle transparent solid 0.15 noborder
set object rectangle from first 2.000, screen down(100) to first 2.500, screen down(80) front noclip linewidth 2 fillcolor '#999999' fillstyle solid 0.6 border linecolor 'white'
set label 'settling' at graph 0, screen down(90) center offset screen 1242.0/1600, 0 font ',15' front
set object rectangle from 1.500, graph 0 to 2.250, graph 1 behind fillcolor '#CC79A7' fillstyle transparent solid 0.25 noborder
set object rectangle from first 1.500, screen down(126) to first 2.250, screen down(106) front noclip linewidth 2 fillcolor '#CC79A7' fillstyle solid 0.6 border linecolor 'white'
set label 'A | B, C' at graph 0, screen down(116) center offset screen 1035.0/1600, 0 font ',15' front
set label 'cut' at graph 0, screen down(116) right offset screen -12.0/1600, 0 font ',15'
set tmargin at screen down(138)
set bmargin at screen down(418)
set ylabel 'busy (%)'
set yrange [0:105] noextend
set ytics autofreq
unset xlabel
set format x ''
plot \
    'utilisation.csv' using 1:2 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#0072B2' title 'CPU, its inbox (limit 8 messages)', \
    'utilisation.csv' using 1:3 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#56B4E9' title 'cores', \
    'utilisation.csv' using 1:4 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#E69F00' title 'network, out', \
    'utilisation.csv' using 1:6 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#009E73' title 'disk (limit 1000)', \
    'utilisation.csv' using 1:7 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#CC79A7' title 'link', \
    NaN notitle
unset multiplot
unset output
