/* waker.h - what a sender sleeps on until its ticket is settled.
 *
 * Who is woken needs the committer's mutex at once, so it is woken after the leader has
 * given the mutex back. By then the sender may be gone, for it may have found its ticket
 * settled by itself. So a waker is not the sender's but the committer's, which keeps it
 * for the next sender: that one is then woken for nothing, looks around, and sleeps
 * again. */
#ifndef JN_WAKER_H
#define JN_WAKER_H

#include <jangle/plugin/support.h>

struct jn_waker {
    struct jn_cond cond;
    struct jn_waker *next; /* of those that are free */
};

/* As many as senders have slept at a time. All zero but for the allocator: none. Its
 * owner has a lock. */
struct jn_wakers {
    const struct jangle_allocator *allocator;
    struct jn_waker *free;
};

/* One that nobody has; NULL if there is no memory for another. */
struct jn_waker *jn_wakers_take(struct jn_wakers *wakers);
void jn_wakers_give_back(struct jn_wakers *wakers, struct jn_waker *waker);

/* Free all. Nobody has one. */
void jn_wakers_finish(struct jn_wakers *wakers);

/* Those who are to be woken, noted with the mutex held and woken without it. There is
 * room for a group of the default size; more are woken while they are noted. */
struct jn_wake_list {
    struct jn_cond *conds[256];
    size_t count;
};

void jn_wake_list_add(struct jn_wake_list *list, struct jn_cond *cond);
void jn_wake_list_wake(const struct jn_wake_list *list);

#endif
