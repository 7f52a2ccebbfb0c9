# Draws roles.png and roles.svg from roles.csv: gnuplot roles.gp
reset session
set terminal pngcairo size 1600,900 font 'DejaVu Sans,20' background '#ffffff' noenhanced
set output 'roles.png'
set encoding utf8
set decimalsign '.'
set datafile separator comma
down(pixels) = 1 - pixels / 900.0
set tmargin at screen down(80)
set label 'Roles and terms: tiny, seed 0x000000000000002a' at screen 0.5, screen down(40) center font ',24'
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
set ytics ('A' 0, 'B' 1, 'C' 2) font ',20'
set yrange [2.6:-0.6] noextend
unset grid
plot \
    'roles.csv' using (strcol(4) eq 'leader' ? ($1+$2)/2 : NaN):3:1:2:($3-0.38):($3+0.38) with boxxyerror linecolor '#0072B2' fillstyle solid 1.0 border title 'leader (term)', \
    'roles.csv' using (strcol(4) eq 'follower' ? ($1+$2)/2 : NaN):3:1:2:($3-0.38):($3+0.38) with boxxyerror linecolor '#56B4E9' fillstyle solid 1.0 border title 'follower', \
    'roles.csv' using (strcol(4) eq 'down' ? ($1+$2)/2 : NaN):3:1:2:($3-0.38):($3+0.38) with boxxyerror linecolor '#000000' fillstyle solid 1.0 border title 'down', \
    'roles.csv' using (($1+$2)/2):3:6 with labels font ',16' textcolor '#ffffff' notitle
set terminal svg size 1600,900 font 'DejaVu Sans,20' background '#ffffff' noenhanced
set output 'roles.svg'
replot
unset output
