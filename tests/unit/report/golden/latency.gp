# Draws latency.png and latency.svg from latency.csv: gnuplot latency.gp
reset session
set terminal pngcairo size 1600,900 font 'DejaVu Sans,20' background '#ffffff' noenhanced
set output 'latency.png'
set encoding utf8
set decimalsign '.'
set datafile separator comma
down(pixels) = 1 - pixels / 900.0
set tmargin at screen down(80)
set label 'Latency over time: tiny, seed 0x000000000000002a' at screen 0.5, screen down(40) center font ',24'
set border 3 linewidth 1.5 linecolor '#444444'
set tics nomirror out textcolor '#000000'
set grid ytics linecolor '#cccccc' linewidth 1 dashtype solid
set bmargin 6.2
set rmargin 5
set key at screen 0.5, character 0.7 center bottom horizontal Left reverse samplen 2 width 1 font ',18'
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
set ylabel 'latency (ms, log scale)'
set logscale y
set format y '%g'
low = 4.014079
high = 1000.000000
set yrange [low/1.5:high*1.5] noextend
set ytics (0.000001, 0.000002, 0.000005, 0.000010, 0.000020, 0.000050, 0.000100, 0.000200, 0.000500, 0.001000, 0.002000, 0.005000, 0.010000, 0.020000, 0.050000, 0.100000, 0.200000, 0.500000, 1.000000, 2.000000, 5.000000, 10.000000, 20.000000, 50.000000, 100.000000, 200.000000, 500.000000, 1000.000000, 2000.000000, 5000.000000, 10000.000000, 20000.000000, 50000.000000, 100000.000000, 200000.000000, 500000.000000, 1000000.000000, 2000000.000000, 5000000.000000)
plot \
    'latency.csv' using 1:2 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#56B4E9' title 'p50', \
    'latency.csv' using 1:3 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#0072B2' title 'p95 (maximum of windows under 20)', \
    'latency.csv' using 1:4 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#E69F00' title 'p99 (maximum of windows under 100)', \
    'latency.csv' using 1:5 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#D55E00' title 'p99.9 (maximum of windows under 1,000)'
set terminal svg size 1600,900 font 'DejaVu Sans,20' background '#ffffff' noenhanced
set output 'latency.svg'
replot
unset output
