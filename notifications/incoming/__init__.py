"""Mail that comes in: answers from calendar programs, failure reports, mailed unsubscribes."""
