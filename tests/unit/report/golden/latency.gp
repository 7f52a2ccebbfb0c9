# Draws latency.png and latency.svg from latency.csv: gnuplot latency.gp
reset session
set terminal pngcairo size 1600,900 font 'DejaVu Sans,20' background '#ffffff' noenhanced
set output 'latency.png'
set encoding utf8
set decimalsign '.'
set datafile separator comma
set title 'Latency over time: tiny, seed 0x000000000000002a' font ',24'
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
set ylabel 'latency from the intended start (ms, log scale)'
set logscale y
set format y '%g'
low = 4.014079
high = 1000.000000
set yrange [low/1.5:high*1.5*(high/low)**0.3] noextend
plot \
    'latency.csv' using 1:2 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#56B4E9' title 'p50', \
    'latency.csv' using 1:3 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#0072B2' title 'p95', \
    'latency.csv' using 1:4 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#E69F00' title 'p99', \
    'latency.csv' using 1:5 with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '#D55E00' title 'p99.9'
set terminal svg size 1600,900 font 'DejaVu Sans,20' background '#ffffff' noenhanced
set output 'latency.svg'
replot
unset output
