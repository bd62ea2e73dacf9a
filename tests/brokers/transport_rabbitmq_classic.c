/* transport_rabbitmq_classic.c - the contract of transports, kept by RabbitMQ's classic
 * queues. */
#include "brokers/transport_rabbitmq.h"
#include "support/effort.h"

#include <stdio.h>

enum { SKIPPED = 77 };

int main(void)
{
    int64_t limit = effort_count(EFFORT_RABBITMQ_CLASSIC);

    if (has_work(limit))
        return try_rabbitmq(JANGLE_RABBITMQ_CLASSIC, limit);
    printf("this part is tried by ./run check and ./run soak\n");
    return SKIPPED;
}
