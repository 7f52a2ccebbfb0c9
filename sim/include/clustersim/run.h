/* clustersim/run.h -- the whole program, with protocols of one's own: a main() is one line.
 *
 *     int main(int argc, char **argv) { return clustersim_main(argc, argv, my_protocols); }
 */
#ifndef CLUSTERSIM_RUN_H
#define CLUSTERSIM_RUN_H
#include "clustersim/protocol.h"

/* Carry out a command line over the protocols of a NULL-terminated table; returns the exit status
 * (0 pass, 1 a check was violated, 2 usage or scenario error, 4 inconclusive, 5 expectation not
 * met, 7 environment, 70 internal error, 130 interrupted). */
int clustersim_main(int argc, char **argv, const struct cs_protocol *const *protocols);

#endif
