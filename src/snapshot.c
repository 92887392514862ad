/* SPDX-License-Identifier: MIT */
#include "sandbox_init/snapshot.h"

int snapshot_take(struct view *view, struct client *client, const char *runtime_dir, uint64_t patience_ms)
{
    const struct client_request question = {
        .runtime_dir = runtime_dir, .text = "status", .patience_ms = patience_ms};
    struct fields_reader reader;
    const char *name = NULL;
    if (client_open(client, &question) != 0) {
        return client->status;
    }
    enum client_event event;
    while ((event = client_next(client, -1, &name, &reader)) == CLIENT_RECORD) {
        view_take(view, name, &reader);
    }
    const int status = event == CLIENT_END ? 0 : client->status;
    client_close(client);
    return status;
}
