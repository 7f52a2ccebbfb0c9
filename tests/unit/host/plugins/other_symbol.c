/* A plug-in for another version of the contract, which may well look different. */
int clustersim_plugin_2(void);
int clustersim_plugin_2(void) { return 0; }
