/* known.c - was a message done before? */
#include "messaging/consumer/known.h"

#include <string.h>

bool jn_known_check(struct jn_incoming *incoming, const struct jangle_receipt *receipt)
{
    if (!memcmp(receipt->fingerprint, incoming->fingerprint,
                sizeof incoming->fingerprint))
        return true;
    incoming->state = JN_IN_DEAD;
    jn_fail(&incoming->error, JANGLE_INVALID,
            "the message %s of %s was received before with other contents",
            JN_SHOWN(60, incoming->contents.id), JN_SHOWN(60, incoming->contents.source));
    return false;
}

enum jangle_result jn_known_find(const struct jn_reader *reader,
                                 struct jn_incoming *incoming,
                                 const char *id,
                                 struct jangle_error *error)
{
    struct jangle_store *store = reader->endpoint->jangle->store;
    struct jangle_receipt receipt;
    enum jangle_result result = store->ops->find_command(store, id, &receipt, error);

    if (result == JANGLE_NOT_FOUND) {
        jn_error_clear(error);
        return JANGLE_OK;
    }
    if (!result && jn_known_check(incoming, &receipt))
        incoming->state = JN_IN_KNOWN;
    return result;
}
