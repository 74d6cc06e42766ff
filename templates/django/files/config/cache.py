"""The cache. What is kept here is counts: while Redis is away, each process counts for itself."""

from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis import RedisError

from config.health import Part

part = Part("redis")


class Redis(RedisCache):
    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.here = LocMemCache("redis", {**params, "OPTIONS": {}})

    def clear(self) -> None:
        """Forgets what is under our prefix; Django's own would empty the whole Redis."""
        client = self._cache.get_client(None, write=True)
        for key in client.scan_iter(match=f"{self.key_prefix}:*", count=1000):
            client.unlink(key)


def forgiving(name: str) -> Any:
    def method(self: Redis, *args: Any, **kwargs: Any) -> Any:
        if not part.is_away():
            try:
                answer = getattr(RedisCache, name)(self, *args, **kwargs)
            except RedisError as error:
                part.lost(error)
            else:
                part.found()
                return answer
        return getattr(self.here, name)(*args, **kwargs)

    return method


METHODS = "add get set touch delete get_many has_key incr set_many delete_many"
for each in METHODS.split():
    setattr(Redis, each, forgiving(each))
