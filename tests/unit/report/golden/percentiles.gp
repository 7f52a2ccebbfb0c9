# Draws percentiles.png and percentiles.svg from percentiles.csv: gnuplot percentiles.gp
reset session
set terminal pngcairo size 1600,900 font 'DejaVu Sans,20' background '#ffffff' noenhanced
set output 'percentiles.png'
set encoding utf8
set decimalsign '.'
set datafile separator comma
down(pixels) = 1 - pixels / 900.0
set tmargin at screen down(80)
set label 'Latency by percentile: tiny, seed 0x000000000000002a' at screen 0.5, screen down(40) center font ',24'
set border 3 linewidth 1.5 linecolor '#444444'
set tics nomirror out textcolor '#000000'
set grid ytics linecolor '#cccccc' linewidth 1 dashtype solid
set bmargin 6.2
set rmargin 5
set key at screen 0.5, character 0.7 center bottom horizontal Left reverse samplen 2 width 1 font ',18'
set xlabel 'percentile of operations'
set logscale x
set xtics ('0 %%' 1, '50 %%' 2, '90 %%' 10, '99 %%' 100, '99.9 %%' 1000, '99.99 %%' 10000, '99.999 %%' 100000, '99.9999 %%' 1000000)
set grid xtics
set offsets graph 0, graph 0.03, graph 0, graph 0
set ylabel 'latency (ms, log scale)'
set logscale y
set format y '%g'
low = 2.000000
high = 1000.000000
set yrange [low/1.5:high*1.5] noextend
set ytics (0.000001, 0.000002, 0.000005, 0.000010, 0.000020, 0.000050, 0.000100, 0.000200, 0.000500, 0.001000, 0.002000, 0.005000, 0.010000, 0.020000, 0.050000, 0.100000, 0.200000, 0.500000, 1.000000, 2.000000, 5.000000, 10.000000, 20.000000, 50.000000, 100.000000, 200.000000, 500.000000, 1000.000000, 2000.000000, 5000.000000, 10000.000000, 20000.000000, 50000.000000, 100000.000000, 200000.000000, 500000.000000, 1000000.000000, 2000000.000000, 5000000.000000)
plot \
    'percentiles.csv' index 0 using 1:3 with lines linewidth 5 linecolor '#000000' title 'measured (5 operations)'
set terminal svg size 1600,900 font 'DejaVu Sans,20' background '#ffffff' noenhanced
set output 'percentiles.svg'
replot
unset output
