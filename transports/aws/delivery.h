/* delivery.h - messages that were received and are not settled. */
#ifndef JN_AWS_DELIVERY_H
#define JN_AWS_DELIVERY_H

#include "aws/aws.h"

void jn_aws_deliveries_init(struct jn_aws_deliveries *list);

/* NULL: the list is empty. */
struct jn_aws_delivery *jn_aws_deliveries_first(const struct jn_aws_deliveries *list);
void jn_aws_deliveries_append(struct jn_aws_deliveries *list,
                              struct jn_aws_delivery *delivery);
void jn_aws_delivery_unlink(struct jn_aws_delivery *delivery);

/* A message as SQS' JSON describes it. *delivery is in no list. INVALID: it was damaged
 * on its way. */
enum jangle_result jn_aws_delivery_new(struct jn_aws *aws,
                                       struct jn_aws_attached *attached,
                                       json_t *message,
                                       struct jn_aws_delivery **delivery,
                                       struct jangle_error *error);

/* Out of its list, if it is in one, and freed. */
void jn_aws_delivery_free(struct jn_aws *aws, struct jn_aws_delivery *delivery);

/* Does it still belong to us? */
bool jn_aws_delivery_is_ours(const struct jn_aws *aws,
                             const struct jn_aws_delivery *delivery);

/* Free what waits here and belongs to somebody else by now. It comes again; so nothing
 * that is behind it in a queue that is in order may be handed out before. */
void jn_aws_deliveries_drop_expired(struct jn_aws *aws);

/* Next time the message comes, it shall have been tried `attempts` times. */
void jn_aws_delivery_count(struct jn_aws *aws,
                           const struct jn_aws_delivery *delivery,
                           int attempts);

#endif
