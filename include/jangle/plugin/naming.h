/* naming.h - the contract of a naming, which says what topics, routes and queues are
 * called. It is one function: implement it to follow a convention of your own. */
#ifndef JANGLE_PLUGIN_NAMING_H
#define JANGLE_PLUGIN_NAMING_H

#include <jangle/message.h>

JANGLE_C_BEGIN

enum { JANGLE_NAME_SIZE = 256 };

struct jangle_naming;

/* What a name is asked for. Of a consumer's row of jangle_any it is asked twice: once for
 * events and once for commands. */
struct jangle_named {
    enum jangle_role role;
    const char *type;  /* its name outside; "": every type */
    int version;       /* of the type */
    const char *topic; /* as the table of the publisher or consumer says; may be NULL */
    const char *queue; /* as the table says; may be NULL */
    const char *consumer; /* its name; NULL: a publisher asks */
};

/* "" means that there is none. */
struct jangle_names {
    char topic[JANGLE_NAME_SIZE];
    char route[JANGLE_NAME_SIZE];
    char queue[JANGLE_NAME_SIZE];
    char retry[JANGLE_NAME_SIZE];
    char retry_topic[JANGLE_NAME_SIZE];
    char dead[JANGLE_NAME_SIZE];
    char dead_topic[JANGLE_NAME_SIZE];
    int64_t retry_ms;  /* as in struct jangle_queue; 0: no fixed delay */
    int64_t expire_ms; /* as in struct jangle_queue; 0: never */
};

/* NA-1   Fill in `names`, which is zeroed. The function is pure. Two rows of a consumer
 *        that get the same queue share that queue; if one of them has no route, the
 *        queue gets every route of its topic. INVALID: a name would be too long, or
 *        the convention has no name for this; `error` says which. */
typedef enum jangle_result jangle_naming_fn(const struct jangle_naming *naming,
                                            const struct jangle_named *named,
                                            struct jangle_names *names,
                                            struct jangle_error *error);

/* The default naming takes topic and queue as the tables say, the consumer's name for a
 * queue that its table does not name, the type's name for a route, and QUEUE.retry and
 * QUEUE.dead for what belongs to a queue. */
struct jangle_naming {
    jangle_naming_fn *name;
    const char *organization; /* may be NULL, as the two below: the naming's own */
    const char *service;
    const void *options;
};

JANGLE_C_END

#endif
