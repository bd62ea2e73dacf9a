/* parcel.c - is the parcel that was received the one that was sent? */
#include "testing/transport/parcel.h"

/* The value of a header; NULL if the parcel does not have exactly one of that name. */
static const char *find_header(const struct jangle_parcel *parcel, const char *name)
{
    const char *value = NULL;

    for (size_t i = 0; i < parcel->header_count; i++) {
        if (strcmp(parcel->headers[i].name, name) != 0)
            continue;
        if (value)
            return NULL;
        value = parcel->headers[i].value;
    }
    return value;
}

void jn_parcel_expect_header(struct jn_trial *trial,
                             const struct jangle_parcel *parcel,
                             const char *name,
                             const char *value)
{
    const char *found = find_header(parcel, name);

    if (!found || strcmp(found, value) != 0)
        jn_trial_fail(trial, "the header %s is %s%s%s, not \"%s\"", name,
                      found ? "\"" : "", found ? found : "missing, or there twice",
                      found ? "\"" : "", value);
}

/* Of an id that was not sent the broker may make one. */
static void compare_texts(struct jn_trial *trial,
                          const char *what,
                          const char *sent,
                          const char *received)
{
    if (!sent && !received)
        return;
    if (!sent)
        jn_trial_fail(trial, "a %s came, \"%s\", and none was sent", what, received);
    else if (!received)
        jn_trial_fail(trial, "the %s is missing", what);
    else if (strcmp(sent, received) != 0)
        jn_trial_fail(trial, "the %s is \"%s\", not \"%s\"", what, received, sent);
}

static void compare_bodies(struct jn_trial *trial,
                           const struct jangle_parcel *sent,
                           const struct jangle_parcel *received)
{
    const unsigned char *a = sent->body, *b = received->body;

    if (!jn_trial_check(trial, sent->body_size == received->body_size,
                        "a body of %zu bytes came, not of %zu", received->body_size,
                        sent->body_size))
        return;
    for (size_t i = 0; i < sent->body_size; i++) {
        if (!jn_trial_check(trial, a[i] == b[i],
                            "byte %zu of the body is 0x%02x, not 0x%02x", i, b[i], a[i]))
            return;
    }
}

void jn_parcel_compare(struct jn_trial *trial,
                       const struct jangle_parcel *sent,
                       const struct jangle_parcel *received,
                       size_t more)
{
    compare_bodies(trial, sent, received);
    compare_texts(trial, "content type", sent->content_type, received->content_type);
    compare_texts(trial, "key", sent->key, received->key);
    if (sent->id)
        compare_texts(trial, "id", sent->id, received->id);
    for (size_t i = 0; i < sent->header_count; i++)
        jn_parcel_expect_header(trial, received, sent->headers[i].name,
                                sent->headers[i].value);
    jn_trial_check(trial, received->header_count <= sent->header_count + more,
                   "%zu headers came, not %zu", received->header_count,
                   sent->header_count + more);
}
