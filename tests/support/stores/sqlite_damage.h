/* sqlite_damage.h - what a disk that decays does to a store's file. */
#ifndef SQLITE_DAMAGE_H
#define SQLITE_DAMAGE_H

#include <stdint.h>

/* Change the last byte of the payload of the event at that position. Nobody may have the
 * file open. */
void sqlite_damage(const char *path, int64_t position);

/* Run one statement on a file that nobody has open, as if no trigger, kind of a column,
 * NOT NULL or CHECK kept it sound; they are back afterwards. How many rows were changed;
 * -1 if even so the file does not let it: a key is taken, say. */
int sqlite_damage_by(const char *path, const char *sql);

#endif
