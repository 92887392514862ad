# SPDX-License-Identifier: MIT
# Without a main command the program stays until it is told to stop, and stopping is no failure.
start
expect_running
term
expect_status 0
