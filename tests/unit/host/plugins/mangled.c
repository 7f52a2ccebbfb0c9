/* What a compiler of C++ makes of clustersim_plugin_1() where it is not extern "C". */
int plugin_of_cpp(void) __asm__("_Z19clustersim_plugin_1v");
int plugin_of_cpp(void) { return 0; }
