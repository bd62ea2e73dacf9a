/* admin.h - the `jangle` command line for your own program, with your own verbs in it.
 * Link jangle_admin.
 *
 *     static const struct jangle_admin admin = {
 *         .name = "bank admin", .location = "bank.db", .config = bank_config};
 *
 *     if (argc > 1 && !strcmp(argv[1], "admin"))
 *         return jangle_admin_main(&admin, argc - 1, argv + 1);
 *
 * gives `bank admin info`, `bank admin events` and all other verbs of `jangle`, which is
 * the same call without a program. docs/tools.md has the verbs. */
#ifndef JANGLE_ADMIN_H
#define JANGLE_ADMIN_H

#include <jangle/jangle.h>

JANGLE_C_BEGIN

struct jangle_look;
struct jangle_verb_call;

/* How a verb ends, and with it the process. */
enum jangle_exit {
    JANGLE_EXIT_OK = 0,
    JANGLE_EXIT_FOUND = 1, /* refused, or not found, or something in the store is wrong */
    JANGLE_EXIT_USAGE = 2, /* typed wrongly */
    JANGLE_EXIT_UNREAD = 3,   /* the store could not be read, or the output not written */
    JANGLE_EXIT_LATER = 4,    /* not yet: somebody holds a lock, or time ran out */
    JANGLE_EXIT_STOPPED = 130 /* Ctrl-C */
};

/* What a verb needs. */
enum jangle_verb_needs {
    JANGLE_NEEDS_NOTHING,
    JANGLE_NEEDS_FILE, /* reads the store */
    JANGLE_NEEDS_CODE  /* opens the store with the program's tables: jangle.config */
};

struct jangle_option {
    const char *name;    /* "limit": --limit */
    char letter;         /* 'n': -n; 0: none */
    const char *value;   /* what its value is called: "N", "TIME"; NULL: it is a flag */
    const char *text;    /* what it does: one sentence without its full stop */
    const char *choices; /* the values that it may have: "bash|zsh"; NULL: any */
};

struct jangle_options {
    const struct jangle_option *items;
    size_t count;
};

/* Tables count their entries (table.h). */
#define JANGLE_OPTIONS(...) JANGLE_TABLE_(const struct jangle_option, __VA_ARGS__)

struct jangle_verb {
    const char *name;      /* one word, or two: "dead retry" */
    const char *arguments; /* "STREAM [VERSION]"; what stands in [] may be left out. "":
                              none. The store's file is not named here */
    const char *text;      /* what it does: one sentence without its full stop */
    enum jangle_verb_needs needs;
    struct jangle_options options; /* beside those that every verb has */
    enum jangle_exit (*run)(struct jangle_verb_call *call);
};

struct jangle_verbs {
    const struct jangle_verb *items;
    size_t count;
};

#define JANGLE_VERBS(...) JANGLE_TABLE_(const struct jangle_verb, __VA_ARGS__)

struct jangle_admin {
    const char *name;     /* as it is typed: "bank admin" */
    const char *version;  /* of the program; NULL: jangle's */
    const char *location; /* of the store, unless --store or JANGLE_STORE names another;
                             NULL: each verb is told */
    /* Fill in everything but storage, the program's own settings included. Called before
     * a verb that needs code. NULL: there are no such verbs. What it fills in is read
     * after it has returned. So JANGLE_AGGREGATES(...) and the macros like it must not
     * stand inside: what they make there ends with the function. Write `static const`
     * arrays outside of it, and let JANGLE_ARRAY count them (table.h). */
    enum jangle_result (*config)(struct jangle_config *config,
                                 struct jangle_error *error);
    struct jangle_verbs verbs; /* of your own. One that has the name of one of ours takes
                                  its place */
};

/* Run the verb that argv[1] and the words after it name. Prints to stdout and stderr,
 * starts $PAGER if stdout is a terminal that is too small, and returns the exit status.
 * SIGINT and SIGPIPE are handled while it runs, and then as before; so only one thread of
 * a process may be in it. */
JANGLE_API int
jangle_admin_main(const struct jangle_admin *admin, int argc, char *const *argv);

/* ---- for verbs of your own -------------------------------------------------------- */

/* The store, opened for reading at the first call and closed after the verb. NULL: it
 * could not be opened, and stderr says why; return jangle_verb_failed. */
JANGLE_API struct jangle_look *jangle_verb_look(struct jangle_verb_call *call);

/* The same, opened by jangle_open with the program's tables; `follow` as a follower,
 * which changes nothing, and beside which the program may run. A verb calls one of the
 * two. */
JANGLE_API struct jangle *jangle_verb_open(struct jangle_verb_call *call);
JANGLE_API struct jangle *jangle_verb_follow(struct jangle_verb_call *call);

/* Where the store is; "" if the verb needs none. */
JANGLE_API const char *jangle_verb_location(const struct jangle_verb_call *call);

/* The value of an option: NULL if it was not typed, "" for a flag. A name that is in
 * neither table is a programmer's error, and aborts. */
JANGLE_API const char *jangle_verb_option(const struct jangle_verb_call *call,
                                          const char *name);

/* The argument of that index, from 0; NULL if it was not typed. */
JANGLE_API const char *jangle_verb_argument(const struct jangle_verb_call *call,
                                            int index);

/* Did Ctrl-C come? Then end soon, and return JANGLE_EXIT_STOPPED. */
JANGLE_API bool jangle_verb_stopped(const struct jangle_verb_call *call);

/* Say on stderr what is wrong, as "bank admin: " and a sentence. Texts of others are made
 * harmless for a terminal. */
JANGLE_API void jangle_verb_say(const struct jangle_verb_call *call,
                                const char *format,
                                ...) JANGLE_PRINTF(2, 3);

/* Say an error, and return the exit that belongs to its result: LATER for BUSY and
 * TIMEOUT, STOPPED for CANCELLED, FOUND for REJECTED, NOT_FOUND and CONFLICT, UNREAD for
 * all others. Of a store that could not be opened NOT_FOUND is UNREAD, too. */
JANGLE_API enum jangle_exit jangle_verb_complain(const struct jangle_verb_call *call,
                                                 const struct jangle_error *error);

/* How the last jangle_verb_look or jangle_verb_open that returned NULL has failed. */
JANGLE_API enum jangle_exit jangle_verb_failed(const struct jangle_verb_call *call);

/* ---- tables -------------------------------------------------------------------------
 */

/* What a column holds. A person sees numbers with their thousands separated and times as
 * 2026-11-28 21:59:07.249; with --json numbers are numbers, and times are RFC 3339. */
enum jangle_cell_kind {
    JANGLE_CELL_TEXT,
    JANGLE_CELL_NUMBER,
    JANGLE_CELL_TIME,
    JANGLE_CELL_FLAG, /* a number that is 0 or 1: no, yes */
    JANGLE_CELL_DATA  /* a JSON value, or what should be one: in --json it is a member
                           as it is, or a text if it is no JSON */
};

enum jangle_table_reader { JANGLE_FOR_BOTH, JANGLE_FOR_PEOPLE, JANGLE_FOR_JSON };

struct jangle_table_column {
    const char *name; /* the member's name in JSON: "last_position". The heading has
                         blanks in the place of _ */
    enum jangle_cell_kind kind;
    enum jangle_table_reader shown_to;
    bool shrinks; /* if a row is wider than the terminal, this column is cut */
};

struct jangle_table_columns {
    const struct jangle_table_column *items;
    size_t count;
};

#define JANGLE_TABLE_COLUMNS(...)                                                        \
    JANGLE_TABLE_(const struct jangle_table_column, __VA_ARGS__)

#define JANGLE_CELL_NONE INT64_MIN

struct jangle_table_cell {
    const char *text; /* of TEXT and DATA; NULL: nothing, null in JSON */
    size_t size;      /* of the text; 0: up to its zero */
    int64_t number;   /* of NUMBER and FLAG, where JANGLE_CELL_NONE is nothing; of TIME:
                         microseconds since 1970, and 0 is nothing */
};

/* Begin a table. The columns are borrowed until the verb ends. */
JANGLE_API void jangle_verb_table(struct jangle_verb_call *call,
                                  const struct jangle_table_columns *columns);

/* Add a row: a cell for each column, all of which are copied. Nothing is written
 * yet. True: so much has been gathered that you should call jangle_verb_flush. */
JANGLE_API bool jangle_verb_row(struct jangle_verb_call *call,
                                const struct jangle_table_cell *cells);

/* Write the rows that were gathered: aligned for people, one JSON object a line with
 * --json. False: nobody reads any more, or the disk is full; end soon. At the end of the
 * verb this is done for you. */
JANGLE_API bool jangle_verb_flush(struct jangle_verb_call *call);

/* One row for itself: for people a line for each cell that has something, with its name
 * in front. */
JANGLE_API void jangle_verb_facts(struct jangle_verb_call *call,
                                  const struct jangle_table_columns *columns,
                                  const struct jangle_table_cell *cells);

JANGLE_C_END

#endif
