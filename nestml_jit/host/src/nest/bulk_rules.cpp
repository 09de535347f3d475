#include "nest/bulk_rules.h"

#include <typeinfo>

#include "conn_builder_factory.h"
#include "connection_manager.h"

#include "nest/bulk_rules_by_draw.h"
#include "nest/bulk_rules_by_target.h"

namespace nestml_jit
{

struct BuilderFactories
{
  using type = std::vector< nest::GenericBipartiteConnBuilderFactory* > nest::ConnectionManager::*;
  friend type reveal( BuilderFactories );
};

template struct Reveal< BuilderFactories, &nest::ConnectionManager::connbuilder_factories_ >;

namespace
{

/* Let ours take the place of NEST's own builder of a rule. */
template < typename Ours, typename Theirs >
void
replace( nest::GenericBipartiteConnBuilderFactory*& factory )
{
  if ( typeid( *factory ) == typeid( nest::BipartiteConnBuilderFactory< Theirs > ) )
  {
    delete factory;
    factory = new nest::BipartiteConnBuilderFactory< Ours >();
  }
}

} // namespace

void
install_bulk_rules()
{
  for ( nest::GenericBipartiteConnBuilderFactory*& factory :
    nest::kernel().connection_manager.*reveal( BuilderFactories() ) )
  {
    replace< BulkOneToOne, nest::OneToOneBuilder >( factory );
    replace< BulkAllToAll, nest::AllToAllBuilder >( factory );
    replace< BulkFixedInDegree, nest::FixedInDegreeBuilder >( factory );
    replace< BulkFixedOutDegree, nest::FixedOutDegreeBuilder >( factory );
    replace< BulkFixedTotalNumber, nest::FixedTotalNumberBuilder >( factory );
    replace< BulkBernoulli, nest::BernoulliBuilder >( factory );
  }
}

} // namespace nestml_jit
