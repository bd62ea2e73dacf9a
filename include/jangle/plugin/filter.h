/* filter.h - the contract of a filter, which says which messages are wanted. Implement it
 * to bring your own language of filters.
 *
 * A filter is part of a table: a route or a subscriber has a member `where`. */
#ifndef JANGLE_PLUGIN_FILTER_H
#define JANGLE_PLUGIN_FILTER_H

#include <jangle/plugin/storage.h>

JANGLE_C_BEGIN

struct jangle_filter_ops;

/* A filter as a table holds it. {0} wants every message; otherwise both are given. */
struct jangle_filter {
    const char *text; /* in the filter's own language */
    const struct jangle_filter_ops *ops;
};

struct jangle_filter_program; /* a filter that was compiled; the filter's own */

/* FI-1   Compile the text. jangle_open calls this once for each row that has a filter,
 *        before it opens any store. INVALID: `error` says where in the text, and why.
 *        NO_MEMORY. `host` is borrowed until `close`. */
typedef enum jangle_result
jangle_filter_compile_fn(const struct jangle_filter *filter,
                         const struct jangle_host *host,
                         struct jangle_filter_program **program,
                         struct jangle_error *error);

/* FI-2   Is the message wanted? `document` is a JSON object:
 *            {"event": {"name", "version", "timestamp", "subject", "publisher",
 *                       "attributes": {the message's members}},
 *             "extra": {what its format has besides}}
 *        `name` and `version` are those of the message's type; `timestamp` counts
 *        microseconds, as every jangle_time in JSON; `subject` is whom it is about, as a
 *        rule the id of the aggregate; and `publisher` is config.source of the program in
 *        which it happened. Of what was received they are as the sender said, "" or 0 if
 *        the sender said nothing; but a subscriber sees the type and the members as they
 *        were stored here. The document is as long as `size` says.
 *        The function is pure, gives the same answer every time, and takes bounded time
 *        and memory. Several threads call it at the same time. A message that the filter
 *        cannot judge, because a member has another type than the text expects, is not
 *        wanted, and *mismatch is set. */
typedef bool jangle_filter_wants_fn(const struct jangle_filter_program *program,
                                    const char *document,
                                    size_t size,
                                    bool *mismatch);

/* FI-3   Free a program. NULL is allowed. */
typedef void jangle_filter_close_fn(struct jangle_filter_program *program);

/* FI-4   Optional. Does the answer depend on the members of the message alone, that is on
 *        "attributes" in the document? jangle_open asks this once for each program. Then
 *        no document is written for the program, and what is stored beside the members is
 *        not read, so damage there is told only for messages that are wanted. */
typedef bool jangle_filter_by_attributes_fn(const struct jangle_filter_program *program);

/* FI-5   Together with FI-4: what `wants` answers to every document with these
 *        attributes, whatever else is in it. They are JSON, as a rule an object. For one
 *        program either this function is called or `wants`, and never both. */
typedef bool
jangle_filter_wants_attributes_fn(const struct jangle_filter_program *program,
                                  const char *attributes,
                                  size_t size,
                                  bool *mismatch);

struct jangle_filter_ops {
    int abi; /* 1 */
    const char *name;
    jangle_filter_compile_fn *compile;
    jangle_filter_wants_fn *wants;
    jangle_filter_close_fn *close;
    jangle_filter_by_attributes_fn *by_attributes; /* both, or both NULL */
    jangle_filter_wants_attributes_fn *wants_attributes;
};

JANGLE_C_END

#endif
