/* path.h - where in a message something is: "order_placed.lines[2].quantity". */
#ifndef JN_PATH_H
#define JN_PATH_H

#include <jangle/result.h>

enum { JN_PATH_SIZE = 120 };

/* A chain on the stack of those who walk a message, from the member to the type. */
struct jn_path {
    const struct jn_path *up; /* NULL: this is the type */
    const char *name;         /* of type or member; NULL: an item of the list above */
    size_t index;
};

/* Cut with "..." if it is longer. */
void jn_path_write(char text[JN_PATH_SIZE], const struct jn_path *path);

/* INVALID, with a sentence: the path, a colon, what is wrong there. */
enum jangle_result jn_path_fail(const struct jn_path *path,
                                struct jangle_error *error,
                                const char *format,
                                ...) JANGLE_PRINTF(3, 4);

/* INVALID if a text is NULL, or not UTF-8. */
enum jangle_result jn_path_check_text(const struct jn_path *path,
                                      const char *text,
                                      struct jangle_error *error);

#endif
