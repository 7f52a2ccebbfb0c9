/* The same as echo_remembers, but it says that it keeps state. */
#include "echo_remembers.c" /* NOLINT(bugprone-suspicious-include) */

extern const bool clustersim_plugin_keeps_state_1;
const bool clustersim_plugin_keeps_state_1 = true;
