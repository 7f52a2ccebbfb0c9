# Draws roles.png and roles.svg from roles.csv: gnuplot roles.gp
reset session
set terminal pngcairo size 1600,900 font 'DejaVu Sans,20' background '#ffffff' noenhanced
set output 'roles.png'
set encoding utf8
set decimalsign '.'
set datafile separator comma
set title 'Roles and terms: tiny, seed 0x000000000000002a' font ',24'
set border 3 linewidth 1.5 linecolor '#444444'
set tics nomirror out textcolor '#000000'
set grid ytics linecolor '#cccccc' linewidth 1 dashtype solid
set bmargin 6.2
set rmargin 5
set key at screen 0.5, character 0.6 center bottom horizontal Left reverse samplen 2 width 2
set xlabel 'simulated time (s)'
set xrange [0:2.500]
set object rectangle from 0.000, graph 0 to 0.500, graph 1 behind fillcolor '#999999' fillstyle transparent solid 0.15 noborder
set label 'warm-up' at 0.250, graph 1 center offset 0,0.5 font ',15' textcolor '#555555' front
set object rectangle from 2.000, graph 0 to 2.500, graph 1 behind fillcolor '#999999' fillstyle transparent solid 0.15 noborder
set label 'settling' at 2.250, graph 1 center offset 0,0.5 font ',15' textcolor '#555555' front
set object rectangle from 1.500, graph 0 to 2.250, graph 1 behind fillcolor '#CC79A7' fillstyle transparent solid 0.25 noborder
set label 'cut: A | B, C' at 1.500, graph 1 left offset 0.4,-0.6 font ',15' textcolor '#7a3560' front
set ytics ('A' 0, 'B' 1, 'C' 2) font ',20'
set yrange [2.6:-0.778] noextend
unset grid
set style fill solid 1.0 border
plot \
    'roles.csv' using (strcol(4) eq 'leader' ? ($1+$2)/2 : NaN):3:1:2:($3-0.38):($3+0.38) with boxxyerror linecolor '#0072B2' title 'leader, with its term', \
    'roles.csv' using (strcol(4) eq 'follower' ? ($1+$2)/2 : NaN):3:1:2:($3-0.38):($3+0.38) with boxxyerror linecolor '#56B4E9' title 'follower', \
    'roles.csv' using (strcol(4) eq 'down' ? ($1+$2)/2 : NaN):3:1:2:($3-0.38):($3+0.38) with boxxyerror linecolor '#000000' title 'down', \
    'roles.csv' using (($1+$2)/2):3:6 with labels font ',16' textcolor '#ffffff' notitle
set terminal svg size 1600,900 font 'DejaVu Sans,20' background '#ffffff' noenhanced
set output 'roles.svg'
replot
unset output
