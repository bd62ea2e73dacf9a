/* topics.h - the topics of a publisher. */
#ifndef JN_TOPICS_H
#define JN_TOPICS_H

#include <jangle/messaging.h>
#include <jangle/plugin/transport.h>

/* The names for a row. The name of a type that has no row of its own is not known before
 * it is published, so a naming is asked about "every type". INVALID: it has none. */
enum jangle_result jn_topics_name(const struct jangle_publisher *publisher,
                                  size_t index,
                                  const struct jangle_naming *naming,
                                  struct jangle_names *names,
                                  struct jangle_error *error);

/* INVALID: the naming has no topic for a row, or no queue; the sentence names the row. */
enum jangle_result jn_topics_check(const struct jangle_publisher *publisher,
                                   const struct jangle_naming *naming,
                                   struct jangle_error *error);

/* Call an operation of the transport, such as declare_topic, for the topic of each row;
 * several rows may have the same. None if the publisher has a queue. A result other than
 * OK ends the visit, and is returned; so is that of a naming that has no name for a row.
 */
typedef enum jangle_result jn_topic_fn(struct jangle_transport *transport,
                                       const char *topic,
                                       struct jangle_error *error);
enum jangle_result jn_topics_visit(const struct jangle_publisher *publisher,
                                   const struct jangle_naming *naming,
                                   struct jangle_transport *transport,
                                   jn_topic_fn *visit,
                                   struct jangle_error *error);

#endif
