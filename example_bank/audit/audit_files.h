/* audit_files.h - are the files what was stored? */
#ifndef BANK_AUDIT_FILES_H
#define BANK_AUDIT_FILES_H

#include <stdbool.h>

/* Let jangle check the store and the views beside it, in depth: all that is not special
 * to a bank. Prints what it finds. */
bool audit_files(const char *path);

#endif
