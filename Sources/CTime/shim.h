/* strptime(3), which <time.h> of glibc declares only for programs that ask for the X/Open interfaces. */
#include <time.h>

extern char *strptime(const char *text, const char *format, struct tm *fields);
