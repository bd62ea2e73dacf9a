/* transport_rabbitmq_quorum.c - the contract of transports, kept by RabbitMQ's quorum
 * queues. */
#include "brokers/transport_rabbitmq.h"

int main(void)
{
    return has_work(PARTS) ? try_rabbitmq(JANGLE_RABBITMQ_QUORUM, PARTS) : 1;
}
