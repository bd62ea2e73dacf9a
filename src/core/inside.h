/* inside.h - which answerers, and which handlers of views and consumers, each thread is
 * in just now. A thread must not wait for a connection that it holds itself, nor for one
 * whose holder waits for it. */
#ifndef JN_INSIDE_H
#define JN_INSIDE_H

#include <jangle/plugin/support.h>
#include <jangle/plugin/view_store.h>
#include <jangle/subscriber.h>

/* One callback that a thread is in. It lies on the stack of that thread. */
struct jn_inside {
    const struct jangle_subscriber *subscriber; /* whose callback it is */
    struct jangle_view_file *file; /* the file that it reads or fills; NULL: no view */
    struct jangle_view *view;
    bool asked;    /* an answerer, and not a handler */
    bool receives; /* a handler of a consumer, which is no subscriber's and may send */

    pthread_t thread; /* these two are filled in by jn_inside_enter */
    struct jn_inside *next;
};

/* All callbacks of an instance, the newest first. */
struct jn_insides {
    struct jn_mutex mutex;
    struct jn_inside *newest;
};

enum jangle_result jn_insides_init(struct jn_insides *insides);
void jn_insides_finish(struct jn_insides *insides);

void jn_inside_enter(struct jn_insides *insides, struct jn_inside *inside);
void jn_inside_leave(struct jn_insides *insides, struct jn_inside *inside);

/* What the calling thread is in. */
struct jn_within {
    int depth;                   /* of answerers inside each other */
    bool handling;               /* a handler of a view */
    bool receiving;              /* a handler of a consumer */
    struct jangle_view *view;    /* the innermost one, of whatever file; or NULL */
    const struct jn_inside *own; /* the innermost callback of `subscriber`; or NULL */
};

/* `subscriber` may be NULL: then there is no own one. */
struct jn_within jn_inside_look(struct jn_insides *insides,
                                const struct jangle_subscriber *subscriber);

#endif
