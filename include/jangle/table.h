/* table.h - a table knows how many entries it has, so no end marker can be forgotten.
 *
 * Each table is a struct of `items` and `count`, and has a macro that counts its entries:
 *
 *     .commands = JANGLE_DECIDERS({&open_room, decide_open},
 *                                 {&close_room, decide_close}),
 *
 * Leave a table without entries out. Inside a function, what such a macro makes lives
 * only as long as the block around it, and is no constant. There, and wherever two
 * structs share a table, write a `static` array, and let JANGLE_ARRAY count it:
 *
 *     static const struct jangle_decider commands[] = {{&open_room, decide_open}};
 *     static const struct jangle_aggregate room = {.commands = JANGLE_ARRAY(commands)};
 *
 * jangle_open returns JANGLE_INVALID and names the table if a table has items without a
 * count (a bare array), or a count without items. If an entry is NULL, or lacks its
 * message or its function, the error also names the index of the entry. */
#ifndef JANGLE_TABLE_H
#define JANGLE_TABLE_H

#include <jangle/detail/attributes.h>

#include <stddef.h>

/* Initialises a table with the entries of an array (not of a pointer) and their
 * number. */
#define JANGLE_ARRAY(array)                                                              \
    {                                                                                    \
        array, sizeof(array) / sizeof *(array)                                           \
    }

/* Used by JANGLE_DECIDERS and the macros like it. */
#define JANGLE_TABLE_(type, ...)                                                         \
    {                                                                                    \
        (type[]){__VA_ARGS__}, sizeof((type[]){__VA_ARGS__}) / sizeof(type)              \
    }

#endif
