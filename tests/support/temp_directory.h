/* temp_directory.h - a fresh directory for a test's files, gone when it is done. */
#ifndef TEMP_DIRECTORY_H
#define TEMP_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>

enum { TEMP_PATH_SIZE = 256 };

/* Under $TMPDIR, or in memory where the system offers it, or under /tmp. */
bool temp_directory_make(char directory[TEMP_PATH_SIZE]);

/* With the files in it, and in directories in it. */
void temp_directory_remove(const char *directory);

/* "DIRECTORY/NAME". */
void temp_directory_path(char path[TEMP_PATH_SIZE],
                         const char *directory,
                         const char *name);

#endif
