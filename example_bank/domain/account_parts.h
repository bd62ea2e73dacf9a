/* account_parts.h - what the parts of an account share: its rules, and its tables. */
#ifndef BANK_ACCOUNT_PARTS_H
#define BANK_ACCOUNT_PARTS_H

#include "domain/account.h"

/* Whatever brings or takes money refuses first what is not there, then what is deleted.
 */
enum jangle_result account_refuse_unless_live(struct jangle_decision *decision,
                                              const struct account_state *account,
                                              const struct jangle_command *command);

/* "insufficient funds", if the amount would lead below -100.00. */
enum jangle_result account_refuse_overdraft(struct jangle_decision *decision,
                                            const struct account_state *account,
                                            int64_t amount);

/* account_transfers.c */
jangle_decide_fn account_decide_transfer;
jangle_decide_fn account_decide_transfer_credit;
jangle_decide_fn account_decide_transfer_rollback;
jangle_apply_fn account_apply_transfer_debited;
jangle_apply_fn account_apply_transfer_credited;
jangle_apply_fn account_apply_transfer_rolled_back;
jangle_apply_fn account_apply_transfer_closed;

/* account_requests.c */
jangle_decide_fn account_decide_request;
jangle_decide_fn account_decide_approval;
jangle_decide_fn account_decide_acceptance;
jangle_decide_fn account_decide_rejection;
jangle_decide_fn account_decide_request_debit;
jangle_decide_fn account_decide_request_credit;
jangle_decide_fn account_decide_request_rollback;
jangle_decide_fn account_decide_request_closing;
jangle_decide_fn account_decide_request_failure;
jangle_apply_fn account_apply_request_created;
jangle_apply_fn account_apply_request_credited;
jangle_apply_fn account_apply_request_failed;
jangle_apply_fn account_apply_request_received;
jangle_apply_fn account_apply_request_accepted;
jangle_apply_fn account_apply_request_rejected;
jangle_apply_fn account_apply_request_debited;
jangle_apply_fn account_apply_request_rolled_back;
jangle_apply_fn account_apply_request_closed;

#endif
