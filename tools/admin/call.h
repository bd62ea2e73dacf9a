/* call.h - one verb while it runs. */
#ifndef ADMIN_CALL_H
#define ADMIN_CALL_H

#include "admin/screen.h"
#include "admin/stop.h"
#include "admin/verb_set.h"

enum { JN_ARGUMENTS_MAX = 8, JN_OPTIONS_MAX = 48 };

/* Rows that were gathered and not yet written. */
struct jn_table {
    const struct jangle_table_columns *columns;
    struct jn_bytes cells;  /* one after the other, made harmless */
    struct jn_bytes ends;   /* of each cell in `cells`: size_t */
    struct jn_bytes widths; /* of each column: size_t; they never shrink */
    bool has_heading;       /* it was written */
};

struct jangle_verb_call {
    const struct jangle_admin *admin;
    const struct jn_verb_set *set;
    const struct jangle_verb *verb;
    const char *location;
    const char *arguments[JN_ARGUMENTS_MAX];
    int argument_count;
    const char
        *values[JN_OPTIONS_MAX]; /* of the verb's options, then of the common ones */
    bool json;
    bool full;
    bool local;
    struct jn_screen screen;
    struct jn_table table;
    struct jangle_look *look;
    struct jangle *jangle;
    enum jangle_exit failed; /* of what could not be opened */
};

/* A text that is empty is nothing in a table. */
static inline const char *jn_or_none(const char *text)
{
    return text && *text ? text : NULL;
}

/* The options that verbs have beside their own: so many of the table, from its start. */
extern const struct jangle_options jn_common_options;
size_t jn_common_count(const struct jangle_verb *verb);

/* Add a row, and write what was gathered if that is much. CANCELLED: nobody reads any
 * more, or Ctrl-C came; so a visit returns this. */
enum jangle_result jn_verb_row(struct jangle_verb_call *call,
                               const struct jangle_table_cell *cells);

/* Write the rest, and say how a visit has ended: an INVALID is what was typed. */
enum jangle_exit jn_verb_visited(struct jangle_verb_call *call,
                                 enum jangle_result result,
                                 const struct jangle_error *error);

/* Say how many there were: "12 streams". */
void jn_verb_count(const struct jangle_verb_call *call,
                   int64_t count,
                   const char *one,
                   const char *many);

/* Close and free what the verb has opened. */
void jn_call_finish(struct jangle_verb_call *call);

#endif
