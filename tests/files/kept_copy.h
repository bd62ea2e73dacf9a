/* kept_copy.h - the store that was kept, brought up to date and used; and copies of it,
 * which a test may spoil. */
#ifndef KEPT_COPY_H
#define KEPT_COPY_H

enum { KEPT_COPY_STORE, KEPT_COPY_VIEW, KEPT_COPY_FILES = 4 };

/* Prepare the store, once. Exits if that fails, as all of these do. */
void kept_copy_prepare(void);
void kept_copy_finish(void);

/* The path of a file of the store itself, which nobody changes. */
const char *kept_copy_original(int file);

/* Make a copy, of which there is one at a time, and remove it. */
void kept_copy_make(void);
void kept_copy_remove(void);

/* The path of a file of the copy. */
const char *kept_copy_path(int file);

#endif
