/* sqlite_damage.h - what a disk that decays does to a store's file. */
#ifndef SQLITE_DAMAGE_H
#define SQLITE_DAMAGE_H

#include <stdint.h>

/* Change the last byte of the payload of the event at that position. Nobody may have the
 * file open. */
void sqlite_damage(const char *path, int64_t position);

#endif
