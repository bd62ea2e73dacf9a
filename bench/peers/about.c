/* about.c - what must be said of a peer beside its figures. */
#include "peers/about.h"

#include <stdio.h>
#include <string.h>

int about_peers(const struct measurement *measurement,
                const struct peer *peers[ABOUT_PEERS_MAX])
{
    int count = 0, known;

    for (size_t i = 0; i < measurement->count; i++) {
        const struct peer *peer = measurement->results[i].row->peer;

        for (known = 0; known < count && peers[known] != peer; known++)
            ;
        if (peer && known == count && count < ABOUT_PEERS_MAX)
            peers[count++] = peer;
    }
    return count;
}

void about_settings(const struct peer *peer, char text[ABOUT_SETTINGS_SIZE])
{
    size_t used = 0;

    text[0] = '\0';
    for (const struct peer_setting *setting = peer->settings;
         setting->name && used < ABOUT_SETTINGS_SIZE; setting++)
        used += (size_t)snprintf(text + used, ABOUT_SETTINGS_SIZE - used, "%s%s=%s",
                                 used ? ", " : "", setting->name,
                                 *setting->value ? setting->value : "''");
}

void about_print(const struct measurement *measurement)
{
    const struct peer *peers[ABOUT_PEERS_MAX];
    char version[PEER_VERSION_SIZE], settings[ABOUT_SETTINGS_SIZE];
    int count = about_peers(measurement, peers);

    for (int i = 0; i < count; i++) {
        peers[i]->version(version);
        about_settings(peers[i], settings);
        printf(
            "%s %s, a server of its own, over a UNIX socket\n"
            "  settings: %s; all else is its default\n"
            "  durability: %s\n",
            peers[i]->name, version, settings, peers[i]->durability);
    }
    if (count)
        printf("\n");
}
