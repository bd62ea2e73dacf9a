/* seen.h - what a look shows, as one line of text. */
#ifndef SEEN_H
#define SEEN_H

#include <jangle/look.h>

enum { SEEN_SIZE = 4096 };

struct seen {
    char text[SEEN_SIZE]; /* "1 2 3"; a record with a fault is "!2", and "!2+3" if it and
                             two more are missing */
    int64_t count, faults;
    char fault[300]; /* the last one */
    struct jangle_search search;
    struct jangle_error error;
    enum jangle_result stop; /* returned by the visit */
};

/* A visit of events, whose context is a struct seen. */
enum jangle_result seen_event(void *context, const struct jangle_seen_event *event);

/* Search with an empty list; the line. The call must succeed. */
const char *seen_by(struct seen *seen,
                    struct jangle_look *look,
                    const struct jangle_event_filter *filter);

/* seen_by(seen, look, SEEN(.kind = "purse")) */
#define SEEN(...) (&(const struct jangle_event_filter){__VA_ARGS__})

/* Open a look at a file. It must open. */
struct jangle_look *seen_open(const char *path);

#endif
