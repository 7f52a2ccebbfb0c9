/* A shared object that is no plug-in. */
int clustersim_plugin_0(void);
int clustersim_plugin_0(void) { return 0; }
