// Moves the focus to the summary of what is missing, so that it is read first.
document.getElementById("errors")?.focus();
