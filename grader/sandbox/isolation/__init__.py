"""What holds a child: namespaces, Landlock, seccomp, limits."""
