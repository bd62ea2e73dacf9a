/* glob.h - patterns of names: * ? [a-z] [!a-z], and \ before what is meant as it is. */
#ifndef JN_GLOB_H
#define JN_GLOB_H

#include <stdbool.h>

/* Does the whole text match? Bytes are compared, except that ? and [] take a whole
 * character of UTF-8. The time is bounded by the product of the two lengths. */
bool jn_glob_matches(const char *glob, const char *text);

/* Is each [ closed, and does something follow each \? */
bool jn_glob_is_well_formed(const char *glob);

/* Does it match one text only, which is the glob itself? */
bool jn_glob_is_plain(const char *glob);

#endif
