# Draws throughput.png and throughput.svg from throughput.csv: gnuplot throughput.gp
reset session
set terminal pngcairo size 1600,900 font 'DejaVu Sans,20' background '#ffffff' noenhanced
set output 'throughput.png'
set encoding utf8
set decimalsign '.'
set datafile separator comma
set title 'Throughput by outcome: tiny, seed 0x000000000000002a' font ',24'
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
set ylabel 'operations that ended (per second)'
set yrange [0:*]
set offsets graph 0, graph 0, graph 0.22, graph 0
set style fill solid 0.9 noborder
plot 'throughput.csv' using 1:($3+$4+$5):2 with boxes linecolor '#D55E00' title 'failed', \
    'throughput.csv' using 1:($3+$4):2 with boxes linecolor '#E69F00' title 'unknown', \
    'throughput.csv' using 1:3:2 with boxes linecolor '#009E73' title 'ok'
set terminal svg size 1600,900 font 'DejaVu Sans,20' background '#ffffff' noenhanced
set output 'throughput.svg'
replot
unset output
