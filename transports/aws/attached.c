/* attached.c - the queues that a transport is attached to. */
#include "aws/attached.h"
#include "aws/batch.h"
#include "aws/delivery.h"
#include "aws/web.h"

static void free_attached(struct jn_aws *aws, struct jn_aws_attached *attached)
{
    jn_free(&aws->allocator, attached->name);
    jn_free(&aws->allocator, attached->url);
    jn_free(&aws->allocator, attached->dead);
    jn_free(&aws->allocator, attached);
}

struct jn_aws_attached *
jn_aws_attached_add(struct jn_aws *aws, const struct jangle_queue *queue, const char *url)
{
    struct jn_aws_attached *attached = jn_new(&aws->allocator, sizeof *attached);

    if (!attached)
        return NULL;
    attached->name = jn_copy_text(&aws->allocator, queue->name);
    attached->url = jn_copy_text(&aws->allocator, url);
    attached->dead = jn_copy_text(&aws->allocator, queue->dead);
    attached->retry_ms = queue->retry_ms;
    if (!attached->name || !attached->url || (queue->dead && !attached->dead)) {
        free_attached(aws, attached);
        return NULL;
    }
    attached->next = aws->attached;
    aws->attached = attached;
    return attached;
}

struct jn_aws_attached *jn_aws_attached_by_name(const struct jn_aws *aws,
                                                const char *queue)
{
    struct jn_aws_attached *attached = aws->attached;

    while (attached && strcmp(attached->name, queue) != 0)
        attached = attached->next;
    return attached;
}

void jn_aws_poll_stop(struct jn_aws *aws, struct jn_aws_attached *attached)
{
    if (!attached->poll)
        return;
    jn_aws_request_stop(aws, attached->poll);
    jn_aws_request_finish(attached->poll);
    jn_free(&aws->allocator, attached->poll);
    attached->poll = NULL;
}

/* ---- the end ------------------------------------------------------------------- */

static void lose(const struct jn_aws_deliveries *list,
                 const struct jn_aws_attached *attached)
{
    for (struct jn_aws_delivery *each = list->head.next; each != &list->head;
         each = each->next)
        if (each->attached == attached) {
            each->attached = NULL;
            each->lost = true;
        }
}

static void free_waiting(struct jn_aws *aws, const struct jn_aws_attached *attached)
{
    struct jn_aws_delivery *next;

    for (struct jn_aws_delivery *each = aws->waiting.head.next;
         each != &aws->waiting.head; each = next) {
        next = each->next;
        if (each->attached == attached)
            jn_aws_delivery_free(aws, each);
    }
}

void jn_aws_attached_remove(struct jn_aws *aws, struct jn_aws_attached *attached)
{
    struct jn_aws_attached **place = &aws->attached;

    jn_aws_poll_stop(aws, attached);
    free_waiting(aws, attached);
    lose(&aws->held, attached);
    while (*place != attached)
        place = &(*place)->next;
    *place = attached->next;
    free_attached(aws, attached);
}

/* ---- giving back --------------------------------------------------------------- */

/* Steps for the deliveries of a list; those that are no longer ours are left out. */
static size_t list_steps(const struct jn_aws *aws,
                         const struct jn_aws_deliveries *list,
                         const struct jn_aws_attached *attached,
                         struct jn_aws_step *steps)
{
    size_t count = 0;

    for (struct jn_aws_delivery *each = list->head.next; each != &list->head;
         each = each->next) {
        if (each->attached != attached || !jn_aws_delivery_is_ours(aws, each))
            continue;
        if (steps)
            steps[count] = (struct jn_aws_step){.delivery = each, .doing = JN_AWS_SHOW};
        count++;
    }
    return count;
}

/* If that fails, they come again when their time is over. */
void jn_aws_give_back(struct jn_aws *aws,
                      const struct jn_aws_attached *attached,
                      int64_t until_us)
{
    size_t held = list_steps(aws, &aws->held, attached, NULL);
    size_t waiting = list_steps(aws, &aws->waiting, attached, NULL);
    struct jn_aws_step *steps;

    if (!held && !waiting)
        return;
    steps = jn_new(&aws->allocator, (held + waiting) * sizeof *steps);
    if (!steps)
        return;
    held = list_steps(aws, &aws->held, attached, steps);
    waiting = list_steps(aws, &aws->waiting, attached, steps + held);
    jn_aws_batch_do(aws, steps, held + waiting, until_us, NULL);
    jn_free(&aws->allocator, steps);
}
