/* topic.h - topics, and which queues get what is published to them. */
#ifndef JN_HUB_TOPIC_H
#define JN_HUB_TOPIC_H

#include "hub/hub.h"

/* Make the topic if it does not exist. NULL: no memory. */
struct jn_hub_topic *jn_hub_topic_make(struct jn_hub_broker *broker, const char *name);

/* Remove a topic that has no bindings. */
void jn_hub_topic_free(struct jn_hub_broker *broker, struct jn_hub_topic *topic);

/* Bind a queue to a topic for these routes (NULL: all), in addition to those for which it
 * is bound. NO_MEMORY: it is bound for some of them. */
enum jangle_result jn_hub_topic_bind(struct jn_hub_topic *topic,
                                     struct jn_hub_queue *queue,
                                     const char *const *routes);
void jn_hub_topic_unbind(struct jn_hub_binding *binding);

/* Does the queue of this binding want a parcel of that route? */
bool jn_hub_binding_wants(const struct jn_hub_binding *binding, const char *route);

/* Hand in contents to all queues that want their route, or to none: NOT_FOUND if no
 * queue wants it and `must_be_queued` is set; NO_MEMORY. */
enum jangle_result jn_hub_topic_put(struct jn_hub_topic *topic,
                                    struct jn_hub_broker *broker,
                                    struct jn_hub_contents *contents,
                                    int attempt,
                                    bool must_be_queued);

#endif
