# SPDX-License-Identifier: MIT
# The program blocks all signals before it does anything else, the C library's start included: whoever sends it
# a signal after that is heard. (A dynamic linker runs before; that is not the program's own.)
needs_plain_program "their own start comes first"
case $(uname -m) in
    x86_64 | aarch64 | armv7l | riscv64) ;;
    *) skip "there is no entry point for this processor" ;;
esac
expect_same "blocks all signals" "$("$HELPERS/first_call" "$PROGRAM" --version)"
