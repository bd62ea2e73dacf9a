/* lost_offset.h - a log does not have the offset behind which its consumer would go on:
 * it keeps its messages for a shorter time than the consumer was away, or it was made
 * again, or restored. Which messages are missing only a person can find out, so the
 * consumer is suspended until an operator resumes it; then it goes on with the first
 * message that the log has. */
#ifndef JN_LOST_OFFSET_H
#define JN_LOST_OFFSET_H

#include "messaging/consumer/consuming.h"

/* Note and log that the consumer is suspended, if it is so for that reason. */
bool jn_lost_offset_suspend(struct jn_consuming *consuming);

/* Is it still suspended? Asks the store, because any process may have resumed it. */
bool jn_lost_offset_is_suspended(struct jn_consuming *consuming);

/* An operator resumes the consumer of that name, which this program may lack. BUSY: its
 * rows have just changed; or what the store returns. */
enum jangle_result jn_lost_offset_resume(struct jangle *jangle,
                                         const char *consumer,
                                         struct jangle_error *error);

#endif
