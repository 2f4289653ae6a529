"""Derek: Kazakhstan's counter-terrorism figures, each as one source stated it."""
