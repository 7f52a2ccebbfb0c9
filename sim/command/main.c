#include "builtin.h"
#include "clustersim/run.h"

int main(int argc, char **argv) { return clustersim_main(argc, argv, builtin_protocols); }
