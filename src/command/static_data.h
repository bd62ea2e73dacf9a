/* static_data.h - is a piece of memory a constant or a global of the program? */
#ifndef JN_STATIC_DATA_H
#define JN_STATIC_DATA_H

#include <stdbool.h>

/* Does it lie in a segment of the program, or of a library that is loaded? */
bool jn_is_static(const void *memory);

#endif
