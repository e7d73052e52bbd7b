/dev/fd/3: line 72: demo: command not found
