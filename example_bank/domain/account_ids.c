/* account_ids.c - opens accounts, and hands out their numbers.
 *
 * There is one aggregate of this kind, "bank", and every account is opened by it. So no
 * number is handed out twice. A snapshot after every 50 events keeps the 10,000th opening
 * as fast as the 100th. */
#include "domain/account_ids.h"
#include "domain/account.h"
#include "domain/messages.h"

#include <inttypes.h>
#include <stdlib.h>

enum { LAST_NUMBER = 999999 }; /* six digits */

JANGLE_STRUCT(account_ids_state, last);

/* All events are stored in one commit: the first one here, the others in the stream of
 * the new account. The reply is the number of the account; `bank open` prints it. */
static enum jangle_result decide_creation(struct jangle_decision *decision,
                                          const void *state,
                                          const struct jangle_command *command)
{
    const struct account_ids_state *ids = state;
    const struct create_account *create = command->data;
    const char *id = jangle_text(command->arena, "%06" PRId64, ids->last + 1);

    if (ids->last >= LAST_NUMBER)
        return jangle_reject(decision, "all %d account numbers are taken", LAST_NUMBER);
    jangle_emit(decision, account_id_provisioned, .account_id = id);
    jangle_emit_new(decision, &account_aggregate, id, account_created,
                    .name = create->name);
    if (create->initial_deposit.given)
        jangle_emit_to(decision, &account_aggregate, id, funds_deposited,
                       .transaction_id = command->id,
                       .amount = create->initial_deposit.value,
                       .balance = create->initial_deposit.value, .entry = 1);
    return jangle_reply(decision, "%s", id);
}

static void apply_provisioned(void *state, const struct jangle_event *event)
{
    struct account_ids_state *ids = state;
    const struct account_id_provisioned *provisioned = event->data;

    ids->last = strtoll(provisioned->account_id, NULL, 10);
}

const struct jangle_aggregate account_ids_aggregate = {
    .name = "account_ids",
    .state = &account_ids_state,
    .commands = JANGLE_DECIDERS({&create_account, decide_creation}),
    .events = JANGLE_APPLIERS({&account_id_provisioned, apply_provisioned}),
    .snapshot_every = 50,
};
