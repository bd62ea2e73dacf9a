/* names.h - what topics and queues are called at Amazon. */
#ifndef JN_AWS_NAMES_H
#define JN_AWS_NAMES_H

#include "aws/call.h"

enum { JN_AWS_NAME_SIZE = 81, JN_AWS_ARN_SIZE = 400 };

/* Is it an ARN or a URL? Then it is used as it is. */
bool jn_aws_name_is_whole(const char *given);
bool jn_aws_name_is_fifo(const char *found);

/* Write the name of a topic or a queue in Amazon's characters. INVALID: too long. */
enum jangle_result jn_aws_name_write(const char *given,
                                     bool fifo,
                                     char name[JN_AWS_NAME_SIZE],
                                     struct jangle_error *error);

/* Find what is there, under the name with ".fifo" or the one without. What was found is
 * remembered; it is forgotten when Amazon says that it is no longer there. *name lives
 * until jn_aws_name_forget. NOT_FOUND: there is none. */
enum jangle_result jn_aws_queue_find(struct jn_aws *aws,
                                     const char *given,
                                     int64_t until_us,
                                     const struct jn_aws_name **name,
                                     struct jangle_error *error);
enum jangle_result jn_aws_topic_find(struct jn_aws *aws,
                                     const char *given,
                                     int64_t until_us,
                                     const struct jn_aws_name **name,
                                     struct jangle_error *error);
void jn_aws_name_forget(struct jn_aws *aws, bool is_topic, const char *given);
void jn_aws_names_finish(struct jn_aws *aws);

/* The URL of the queue with exactly that name of Amazon's; "" if there is none. */
enum jangle_result jn_aws_queue_url(struct jn_aws *aws,
                                    const char *name,
                                    int64_t until_us,
                                    struct jn_aws_text *url,
                                    struct jangle_error *error);

/* The ARN of the queue with that URL. */
void jn_aws_queue_arn(const struct jn_aws *aws,
                      const char *url,
                      char arn[JN_AWS_ARN_SIZE]);

/* Does Amazon answer at all? Asks for what everybody may know: our account. */
enum jangle_result
jn_aws_reach(struct jn_aws *aws, int64_t until_us, struct jangle_error *error);

#endif
