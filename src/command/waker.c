/* waker.c - conditions that are kept for the next sender, and lists of those to wake. */
#include "command/waker.h"

static struct jn_waker *make_waker(const struct jangle_allocator *allocator)
{
    struct jn_waker *waker = jn_new(allocator, sizeof *waker);

    if (waker && jn_cond_init(&waker->cond)) {
        jn_free(allocator, waker);
        return NULL;
    }
    return waker;
}

struct jn_waker *jn_wakers_take(struct jn_wakers *wakers)
{
    struct jn_waker *waker = wakers->free;

    if (!waker)
        return make_waker(wakers->allocator);
    wakers->free = waker->next;
    return waker;
}

void jn_wakers_give_back(struct jn_wakers *wakers, struct jn_waker *waker)
{
    waker->next = wakers->free;
    wakers->free = waker;
}

void jn_wakers_finish(struct jn_wakers *wakers)
{
    while (wakers->free) {
        struct jn_waker *waker = jn_wakers_take(wakers);

        jn_cond_finish(&waker->cond);
        jn_free(wakers->allocator, waker);
    }
}

/* ---- waking ------------------------------------------------------------------ */

void jn_wake_list_add(struct jn_wake_list *list, struct jn_cond *cond)
{
    if (list->count < sizeof list->conds / sizeof *list->conds)
        list->conds[list->count++] = cond;
    else
        jn_cond_signal(cond);
}

void jn_wake_list_wake(const struct jn_wake_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        jn_cond_signal(list->conds[i]);
}
