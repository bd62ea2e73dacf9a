/* bus.h - tell others in this program, now, on this thread.
 *
 * A bus is for a domain model that announces what it does and need not know who listens.
 * Nothing is stored and nothing is sent: what must not be lost is an event of an
 * aggregate. A bus belongs to whoever opened it. Its functions may be called from any
 * thread, but only from one at a time. */
#ifndef JANGLE_BUS_H
#define JANGLE_BUS_H

#include <jangle/message.h>

JANGLE_C_BEGIN

struct jangle_bus;

/* Called with each message of the type that it listens to. What it returns reaches
 * whoever published the message, once all listeners have been called. */
typedef enum jangle_result
jangle_listen_fn(void *context, const struct jangle_message *type, const void *data);

/* What becomes of a message that a listener publishes while it is being called. */
enum jangle_nesting {
    JANGLE_NESTED_AFTER, /* its listeners are called when those of the first message are
                            through. It is copied until then */
    JANGLE_NESTED_NOW,   /* its listeners are called at once. 16 messages may be nested;
                            one more is INVALID */
    JANGLE_NESTED_NEVER  /* it is INVALID, and nobody is called */
};

/* NULL: out of memory. */
JANGLE_API struct jangle_bus *jangle_bus_open(enum jangle_nesting nesting);

/* Listen to a type; NULL: to every type. A type is known by the address of its
 * description, so publish and listen with the same description. Listeners are called in
 * the order in which they were added. Adding the same three again changes nothing.
 * NO_MEMORY; INVALID while a message is being published, if `listen` is NULL, or if the
 * description cannot be right. */
JANGLE_API enum jangle_result jangle_bus_listen(struct jangle_bus *bus,
                                                const struct jangle_message *type,
                                                jangle_listen_fn *listen,
                                                void *context);

/* Listen no more. NOT_FOUND: these three were not added. INVALID while a message is being
 * published. */
JANGLE_API enum jangle_result jangle_bus_unlisten(struct jangle_bus *bus,
                                                  const struct jangle_message *type,
                                                  jangle_listen_fn *listen,
                                                  void *context);

/* Check a message and call every listener, whatever each returns. Returns the first
 * result that was not OK. INVALID: the message did not pass its check, or it is nested
 * too deeply, and nobody was called. With JANGLE_NESTED_AFTER a nested message returns OK
 * at once, and the results of its listeners reach the outermost call; NO_MEMORY: it could
 * not be copied, and its listeners will not be called.
 *     jangle_bus_publish(bus, product_added, .product_id = 12345, .name = "Coolers"); */
#define jangle_bus_publish(bus, type, ...)                                               \
    jangle_bus_publish_(bus, &type, &(const struct type){__VA_ARGS__})

/* Is a message being published? True in a listener. */
JANGLE_API bool jangle_bus_is_publishing(const struct jangle_bus *bus);

/* Free a bus. NULL is allowed. Not in a listener: there it is refused, and returns
 * false. */
JANGLE_API bool jangle_bus_close(struct jangle_bus *bus);

JANGLE_API enum jangle_result jangle_bus_publish_(struct jangle_bus *bus,
                                                  const struct jangle_message *type,
                                                  const void *data);

JANGLE_C_END

#endif
