/* dead.c - copies in the dead-letter queue. */
#include "aws/dead.h"
#include "aws/send.h"

static const char reason_name[] = "jangle-reason";
static const char queue_name[] = "jangle-queue";
static const char attempts_name[] = "jangle-attempts";

enum { DEATH_HEADERS = 3 };

/* A parcel with the headers that a dead letter has. */
struct copy {
    struct jangle_parcel parcel;
    struct jangle_header *headers;
    char attempts[16];
};

static bool is_of_a_death(const char *name)
{
    return strcmp(name, reason_name) == 0 || strcmp(name, queue_name) == 0 ||
           strcmp(name, attempts_name) == 0;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* False: no memory. Those headers that an earlier death has left are replaced. */
static bool init_copy(struct copy *dead,
                      const struct jn_aws *aws,
                      const struct jangle_settlement *settlement,
                      const struct jn_aws_delivery *delivery)
{
    const struct jangle_parcel *parcel = &delivery->parcel;
    size_t count = 0;

    *dead = (struct copy){.parcel = *parcel};
    dead->headers = jn_new(&aws->allocator, (parcel->header_count + DEATH_HEADERS) *
                                                sizeof *dead->headers);
    if (!dead->headers)
        return false;
    for (size_t i = 0; i < parcel->header_count; i++)
        if (!is_of_a_death(parcel->headers[i].name))
            dead->headers[count++] = parcel->headers[i];
    jn_text_format(dead->attempts, sizeof dead->attempts, "%d",
                   larger(1, larger(parcel->attempt, settlement->attempts)));
    dead->headers[count++] =
        (struct jangle_header){reason_name, settlement->reason ? settlement->reason : ""};
    dead->headers[count++] = (struct jangle_header){queue_name, parcel->queue};
    dead->headers[count++] = (struct jangle_header){attempts_name, dead->attempts};
    dead->parcel.headers = dead->headers;
    dead->parcel.header_count = count;
    dead->parcel.attempt = 0;
    if (parcel->id == delivery->message_id)
        dead->parcel.id = NULL; /* SQS gives the copy one of its own */
    return true;
}

static void finish_copy(struct copy *dead, const struct jn_aws *aws)
{
    jn_free(&aws->allocator, dead->headers);
}

static enum jangle_result send(struct jn_aws *aws,
                               const struct jn_aws_name *to,
                               const struct jangle_parcel *parcel,
                               int64_t until_us,
                               struct jangle_error *error)
{
    struct jn_aws_message message;
    struct jn_aws_message *const messages[] = {&message};
    enum jangle_result result =
        jn_aws_message_init(&message, aws, parcel, JN_AWS_COPY_BYTES, error);
    enum jangle_result of_message;

    if (result == JANGLE_OK)
        result = jn_aws_send(aws, to, messages, &of_message, 1, until_us, error);
    jn_aws_message_finish(&message);
    return result ? result : of_message;
}

enum jangle_result jn_aws_dead_send(struct jn_aws *aws,
                                    const struct jangle_settlement *settlement,
                                    const struct jn_aws_delivery *delivery,
                                    int64_t until_us,
                                    struct jangle_error *error)
{
    const char *queue = delivery->attached->dead;
    const struct jn_aws_name *to;
    struct copy dead;
    enum jangle_result result;

    if (!queue)
        return jangle_error_set(error, JANGLE_INVALID,
                                "the queue %s has no dead-letter queue",
                                JN_SHOWN(120, delivery->parcel.queue));
    result = jn_aws_queue_find(aws, queue, until_us, &to, error);
    if (result)
        return result;
    if (!init_copy(&dead, aws, settlement, delivery))
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a dead letter");
    result = send(aws, to, &dead.parcel, until_us, error);
    finish_copy(&dead, aws);
    if (result == JANGLE_NOT_FOUND)
        jn_aws_name_forget(aws, false, queue);
    return result;
}
