/* queue.h - a queue of structs that carry their own link: first in, first out.
 *
 *     struct job { struct jn_link link; ... };   the link is the first member
 *     jn_queue_put(&queue, &job->link);
 *     struct job *next = jn_queue_take(&queue);
 *
 * A queue that is all zero is empty. It has no lock: its owner has one. */
#ifndef JN_QUEUE_H
#define JN_QUEUE_H

#include <stddef.h>

struct jn_link {
    struct jn_link *next;
};

struct jn_queue {
    struct jn_link *first;
    struct jn_link *last; /* has a meaning only while there is a first one */
};

static inline void jn_queue_put(struct jn_queue *queue, struct jn_link *link)
{
    link->next = NULL;
    if (queue->first)
        queue->last->next = link;
    else
        queue->first = link;
    queue->last = link;
}

/* The oldest one, which is in the queue no longer; NULL if the queue is empty. */
static inline void *jn_queue_take(struct jn_queue *queue)
{
    struct jn_link *link = queue->first;

    if (link)
        queue->first = link->next;
    return link;
}

/* Put all of another queue before the first one; the other queue is empty then. */
static inline void jn_queue_put_before(struct jn_queue *queue, struct jn_queue *before)
{
    if (!before->first)
        return;
    before->last->next = queue->first;
    if (!queue->first)
        queue->last = before->last;
    queue->first = before->first;
    before->first = NULL;
}

/* Take one out of the middle. It must be in the queue. */
static inline void jn_queue_remove(struct jn_queue *queue, const struct jn_link *link)
{
    struct jn_link **at = &queue->first, *before = NULL;

    while (*at != link) {
        before = *at;
        at = &before->next;
    }
    *at = link->next;
    if (!*at)
        queue->last = before;
}

#endif
