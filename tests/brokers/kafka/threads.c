/* threads.c - programs of several threads with a Kafka between them
 * (brokers/threads.h). */
#include "brokers/threads.h"

#include "brokers/kafka/mock.h"

int main(void)
{
    struct tested_broker broker = {0};
    int failed;

    mock_start();
    broker.broker = mock_broker(NULL);
    failed = threads_try(&broker);
    mock_stop();
    return failed;
}
